-- select copies a hundred thousand arguments for each of them.
-- ends: cpu
local function each(...)
  for i = 1, select("#", ...) do
    select(i, ...)
  end
end

each(table.unpack({}, 1, 200000))
