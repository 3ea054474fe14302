-- When a guest was first asked to shut down, in seconds; nil if never.
local function asked(run, name)
  for _, o in ipairs(run.operations) do
    if o.name == "shutdown" and o.guest == name then return o.at end
  end
end

local function cluster()
  sim.cluster {
    guests = {
      { guest_name = "lb", status = "running", description = "#first" },
      { guest_name = "web-1", status = "running" },
      { guest_name = "web-2", status = "running" },
      { guest_name = "db-1", status = "running" },
      { guest_name = "dns", status = "running", description = "resolver #last" },
      { guest_name = "old", status = "stopped" },
    },
    timings = { boot = "20s", shutdown = "15s" },
  }
end

describe("ups-shutdown", function()
  it("has all down, in order, long before the deadline, and cuts nobody's power", function()
    cluster()
    local run = sim.run("ups-shutdown.lua", { args = { "within=8m", "last=db-*" } })
    expect(run.exit_code):equals(0)
    expect(run.output):equals("down before:  old\nshut down:    db-1, dns, lb, web-1, web-2\n")
    expect(asked(run, "lb") + 15 <= asked(run, "web-1")):equals(true)
    expect(asked(run, "web-1") + 15 <= asked(run, "db-1")):equals(true)
    expect(asked(run, "dns") - asked(run, "db-1") < 15):equals(true)
    expect(asked(run, "old")):equals(nil)
    expect(run.elapsed < 120):equals(true)
  end)

  it("lets one that doesn't stop hold up nobody, and cuts its power before the deadline", function()
    cluster()
    sim.fault { on = "shutdown", guest = "web-1", kind = "task_failed" }
    local run = sim.run("ups-shutdown.lua", { args = { "within=6m", "last=db-*" } })
    expect(run.exit_code):equals(1)
    expect(run.error.kind):equals("timeout")
    expect(run.error.message):contains("the power of web-1 was cut")
    expect(run.output):equals("down before:  old\nshut down:    db-1, dns, lb, web-2\npower cut:    web-1\n")
    expect(run.elapsed <= 360):equals(true)
    for _, name in ipairs { "lb", "web-1", "web-2", "db-1", "dns" } do
      expect(sim.guest(name).status):equals("stopped")
    end
  end)

  it("asks again where a shutdown is refused once", function()
    cluster()
    sim.fault { on = "shutdown", guest = "web-1", kind = "busy", count = 1 }
    local run = sim.run("ups-shutdown.lua")
    expect(run.exit_code):equals(0)
    expect(run.output):contains("shut down:    db-1, dns, lb, web-1, web-2\n")
    expect(asked(run, "web-1") < asked(run, "dns")):equals(true)
  end)

  it("goes on where `last` names nobody, as the others matter more", function()
    cluster()
    expect(sim.run("ups-shutdown.lua", { args = { "last=dsn" } }).exit_code):equals(0)
  end)

  it("touches nothing without the permission, or with a reserve longer than the time", function()
    cluster()
    local forbidden = sim.run("ups-shutdown.lua", { deny = { "vmm.power_off" } })
    expect(forbidden.error.message):contains("this needs --allow vmm.power_off")
    local hasty = sim.run("ups-shutdown.lua", { args = { "within=20s" } })
    expect(hasty.error.message):contains("within must be longer than the reserve")
    expect(asked(forbidden, "lb") or asked(hasty, "lb")):equals(nil)
  end)

  it("has nothing to do where all are down", function()
    sim.cluster { guests = { { guest_name = "old", status = "stopped" } } }
    local run = sim.run("ups-shutdown.lua")
    expect(run.exit_code):equals(0)
    expect(run.output):equals("every guest is down already\n")
  end)
end)
