-- string.format asks an object for its text and never gets it.
-- ends: cpu
local object = setmetatable({}, {
  __tostring = function()
    while true do end
  end,
})
return ("%s"):format(object)
