-- A coroutine as the iterator of a loop goes on for ever.
-- ends: cpu
local function numbers()
  local n = 0
  while true do
    n = n + 1
    coroutine.yield(n)
  end
end

for _ in coroutine.wrap(numbers) do end
