-- The filter's function never returns.
-- ends: cpu
vmm.list {
  where = function()
    while true do end
  end,
}
