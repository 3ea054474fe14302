-- A task that nobody awaits fails with an object whose text never comes.
-- ends: cpu
async.spawn(error, setmetatable({}, {
  __tostring = function()
    while true do end
  end,
}))
