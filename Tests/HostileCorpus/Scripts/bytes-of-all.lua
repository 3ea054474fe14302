-- All bytes of a long string at once, a few times.
-- ends: memory
local text, kept = ("x"):rep(500000), {}
for i = 1, 20 do
  kept[i] = { text:byte(1, -1) }
end
