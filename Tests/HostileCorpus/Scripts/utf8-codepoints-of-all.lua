-- All code points of a long string at once, a few times.
-- ends: memory
local text, kept = ("x"):rep(500000), {}
for i = 1, 20 do
  kept[i] = { utf8.codepoint(text, 1, -1) }
end
