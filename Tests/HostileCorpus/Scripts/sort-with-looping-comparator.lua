-- The comparison of a sort never returns.
-- ends: cpu
table.sort({ 3, 1, 2 }, function()
  while true do end
end)
