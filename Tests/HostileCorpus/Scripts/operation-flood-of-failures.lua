-- Operations that fail are caught, and count all the same.
-- ends: operations
while true do
  pcall(vmm.get, "no-such-guest")
end
