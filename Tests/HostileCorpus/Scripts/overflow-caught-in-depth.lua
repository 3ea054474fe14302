-- Each overflow of the stack is caught deep down, and the recursion goes on from there with more data.
-- ends: memory cpu
local kept = {}
local function descend(n)
  kept[#kept + 1] = ("x"):rep(100) .. n
  if n % 5000 == 0 then
    while true do pcall(descend, n + 1) end
  end
  return 1 + descend(n + 1)
end
descend(1)
