-- Operations that the sandbox refuses are caught, and count all the same.
-- ends: operations
while true do
  pcall(vmm.delete, "web-1")
end
