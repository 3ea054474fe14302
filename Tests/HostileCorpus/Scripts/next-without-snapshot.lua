-- next is called on tables that change in between, so that no order worked out before can be used.
-- ends: cpu
local a, b = {}, {}
for i = 1, 20000 do
  a["k" .. i], b["k" .. i] = i, i
end
local n = 0
while true do
  n = n + 1
  a["new" .. n % 100], b["new" .. n % 100] = n, nil
  next(a, "k1")
  next(b, "k1")
end
