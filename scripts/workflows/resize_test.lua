-- The writes of a run in their order, as "shutdown db-1, set db-1".
local function writes(run)
  local words = {}
  for _, o in ipairs(run.operations) do
    if o.name == "shutdown" or o.name == "power_on" or o.name == "power_off" or o.name == "set" then
      table.insert(words, o.name .. " " .. o.guest)
    end
  end
  return table.concat(words, ", ")
end

local function cluster()
  sim.cluster {
    guests = {
      { guest_name = "db-1", status = "running", vcpu_num = 2, vram_size = 4096 },
      { guest_name = "old", status = "stopped", vcpu_num = 2, vram_size = 4096 },
    },
    hosts = { { host_name = "nas-1", total_cpu_core = 16, total_ram_size = 65536 } },
  }
end

describe("resize", function()
  it("stops, sets and starts", function()
    cluster()
    local run = sim.run("resize.lua", { args = { "db-1", "mb=8192", "cpus=4" } })
    expect(run.exit_code):equals(0)
    expect(writes(run)):equals("shutdown db-1, set db-1, power_on db-1")
    expect(run.output):equals("db-1: 4096 MB and 2 CPUs -> 8192 MB and 4 CPUs\n")
    local guest = sim.guest("db-1")
    expect(guest.status .. guest.vram_size .. guest.vcpu_num):equals("running81924")
  end)

  it("leaves a guest off that was off", function()
    cluster()
    local run = sim.run("resize.lua", { args = { "old", "cpus=4" } })
    expect(run.exit_code):equals(0)
    expect(writes(run)):equals("set old")
    expect(sim.guest("old").status):equals("stopped")
  end)

  it("sets the old size again if the guest doesn't answer with the new one", function()
    cluster()
    sim.probe(function() return sim.guest("db-1").vram_size == 4096 end)
    local run = sim.run("resize.lua", {
      args = { "db-1", "mb=8192", "port=5432", "timeout=2m" },
      allow = { "vmm.*", "net" },
    })
    expect(run.exit_code):equals(1)
    expect(run.error.kind):equals("timeout")
    expect(writes(run)):equals(
      "shutdown db-1, set db-1, power_on db-1, shutdown db-1, set db-1, power_on db-1")
    expect(run.output):equals("db-1 is back at 4096 MB and 2 CPUs\n")
    local guest = sim.guest("db-1")
    expect(guest.status .. guest.vram_size):equals("running4096")
  end)

  it("starts the guest again if the size is refused", function()
    cluster()
    sim.fault { on = "set", guest = "db-1", kind = "insufficient_resources", count = 1 }
    local run = sim.run("resize.lua", { args = { "db-1", "mb=8192" } })
    expect(run.error.kind):equals("insufficient_resources")
    expect(sim.guest("db-1").status):equals("running")
  end)

  it("says so where there is nothing to do", function()
    cluster()
    local run = sim.run("resize.lua", { args = { "db-1", "mb=4096" } })
    expect(run.exit_code):equals(0)
    expect(run.output):equals("db-1 has 4096 MB and 2 CPUs already\n")
    expect(writes(run)):equals("")
  end)

  it("touches nothing with wrong arguments, without a permission, or if the port doesn't answer as it is", function()
    cluster()
    sim.probe(function() return false end)
    for _, case in ipairs {
      { args = { "db-1" }, message = "give mb= or cpus=" },
      { args = { "db-1", "mb=-1" }, message = "must be at least 1" },
      { args = { "db-9", "mb=8192" }, message = "there is no guest" },
      { args = { "db-1", "mb=8192" }, deny = { "vmm.set:db-*" }, message = "needs --allow vmm.set:db-1" },
      { args = { "db-1", "mb=8192", "force=true" }, deny = { "vmm.power_off" }, message = "needs --allow vmm.power_off" },
      { args = { "db-1", "mb=8192", "port=5432" }, allow = { "vmm.*", "net" }, message = "db-1:5432 doesn't answer" },
    } do
      local run = sim.run("resize.lua", { args = case.args, allow = case.allow, deny = case.deny })
      expect(run.exit_code):equals(1)
      expect(run.error.message):contains(case.message)
      expect(writes(run)):equals("")
    end
    expect(sim.run("resize.lua").exit_code):equals(2)
  end)
end)
