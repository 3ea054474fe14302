-- One cell of a quarter of a megabyte makes each of ten thousand rows as wide.
-- ends: output
local rows = { { ("x"):rep(250000), "y" } }
for i = 2, 10000 do rows[i] = { "x", "y" } end
print.table(rows)
