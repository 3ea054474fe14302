-- The error that ends the script can't be turned into text without another error.
-- ends: error
error(setmetatable({}, {
  __tostring = function(self) error(self) end,
  __name = 42,
}))
