-- Garbage that refers to itself, without end: a collection frees it, so memory isn't what runs out.
-- ends: cpu
while true do
  local a, b = {}, {}
  a.b, b.a = b, a
end
