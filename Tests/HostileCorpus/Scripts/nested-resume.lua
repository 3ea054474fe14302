-- Each coroutine resumes a new one inside itself, until the C stack is used up.
-- ends: error
local function nest()
  return coroutine.wrap(nest)()
end
nest()
