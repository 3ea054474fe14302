-- table.insert asks an object for its length and never gets it.
-- ends: cpu
local endless = setmetatable({}, {
  __len = function()
    while true do end
  end,
})
table.insert(endless, 1)
