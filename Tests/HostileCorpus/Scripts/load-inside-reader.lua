-- Each reader function loads another chunk, until the C stack is used up.
-- ends: done
local depth = 0
local function reader()
  depth = depth + 1
  load(reader)
end

load(reader)
assert(depth > 10)
return true
