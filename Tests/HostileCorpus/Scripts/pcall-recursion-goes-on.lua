-- Each overflow of the C stack is caught at its bottom, and the recursion goes on from there.
-- ends: memory cpu
local function shelter(n)
  while true do
    pcall(shelter, n, n, n, n, n, n, n, n, n, n, n, n, n, n, n, n, n, n, n, n, n, n, n, n, n, n, n, n, n, n, n, n)
  end
end
shelter(0)
