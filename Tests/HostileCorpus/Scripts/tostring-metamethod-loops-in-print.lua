-- print asks an object for its text and never gets it.
-- ends: cpu
print(setmetatable({}, {
  __tostring = function()
    while true do end
  end,
}))
