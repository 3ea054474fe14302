-- The handler of an ordinary error never ends, and no hook runs inside stock handlers.
-- ends: cpu
xpcall(error, function()
  while true do end
end, "ordinary")
