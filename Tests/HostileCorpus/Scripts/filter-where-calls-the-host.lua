-- The filter's function makes a host call, which would have to wait inside the library.
-- ends: error
vmm.list {
  where = function(guest) return vmm.get(guest).status == "running" end,
}
