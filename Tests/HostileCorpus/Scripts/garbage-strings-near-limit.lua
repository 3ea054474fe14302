-- Strings of a quarter of all memory, each garbage when the next is made.
-- ends: cpu
while true do
  local text = ("x"):rep(4000000)
end
