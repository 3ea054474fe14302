-- Assigning to a global runs a metamethod that waits for somebody else to do it.
-- ends: cpu
setmetatable(_G, {
  __newindex = function(globals, name)
    repeat until rawget(globals, name)
  end,
})
answer = 42
