-- A guest is asked for by a name of a megabyte, which the host compares with all names for near ones.
-- ends: error
return vmm.get(("web-1"):rep(200000))
