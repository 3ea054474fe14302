-- pcall calls itself until the C stack is used up, which must be an error and no crash.
-- ends: done
local depth = 0
local function descend()
  depth = depth + 1
  return pcall(descend)
end

assert(descend())
assert(depth > 10)
return true
