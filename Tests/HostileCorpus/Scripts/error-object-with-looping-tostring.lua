-- The error that ends the script has a __tostring that never ends: the host must not ask it.
-- ends: error
error(setmetatable({}, {
  __tostring = function()
    while true do end
  end,
}))
