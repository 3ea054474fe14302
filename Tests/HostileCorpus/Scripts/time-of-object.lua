-- os.time reads the fields of a date, whose metamethod never returns.
-- ends: error
return os.time(setmetatable({}, {
  __index = function()
    while true do end
  end,
}))
