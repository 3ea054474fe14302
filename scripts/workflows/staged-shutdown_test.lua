-- The writes of a run, as "shutdown web-1, power_off web-1"; those of the same moment by name, as any order of them is right.
local function writes(run)
  local found, words = {}, {}
  for _, o in ipairs(run.operations) do
    if o.name == "shutdown" or o.name == "power_off" then table.insert(found, o) end
  end
  local function text(o) return o.name .. " " .. o.guest end
  table.sort(found, function(a, b)
    if a.at ~= b.at then return a.at < b.at end
    return text(a) < text(b)
  end)
  for i, o in ipairs(found) do words[i] = text(o) end
  return table.concat(words, ", ")
end

local function cluster()
  sim.cluster {
    guests = {
      { guest_name = "web-1", status = "running" },
      { guest_name = "web-2", status = "running" },
      { guest_name = "app-1", status = "stopped" },
      { guest_name = "db-1", status = "running" },
    },
  }
end

describe("staged-shutdown", function()
  it("takes one tier after the other; what is down already is fine", function()
    cluster()
    local run = sim.run("staged-shutdown.lua", { args = { "web-*, app-* then db-*" } })
    expect(run.exit_code):equals(0)
    expect(run.output):equals("tier 1: down: app-1, web-1, web-2\ntier 2: down: db-1\n")
    expect(writes(run)):equals("shutdown web-1, shutdown web-2, shutdown db-1")
  end)

  it("takes a guest that several tiers name with the first", function()
    cluster()
    local run = sim.run("staged-shutdown.lua", { args = { "web-1 then *" } })
    expect(run.output):equals("tier 1: down: web-1\ntier 2: down: app-1, db-1, web-2\n")
  end)

  it("leaves the later tiers where a guest doesn't stop", function()
    cluster()
    sim.fault { on = "shutdown", guest = "web-1", kind = "task_failed" }
    local run = sim.run("staged-shutdown.lua", { args = { "web-* then db-*" } })
    expect(run.exit_code):equals(1)
    expect(run.error.kind):equals("batch_failed")
    expect(run.error.message):contains("tier 1: 1 of 2 guests failed: web-1")
    expect(run.error.message):contains("not begun: db-1")
    expect(sim.guest("web-2").status):equals("stopped")
    expect(sim.guest("db-1").status):equals("running")
  end)

  it("cuts its power with force, and goes on", function()
    cluster()
    sim.fault { on = "shutdown", guest = "web-1", kind = "task_failed" }
    local run = sim.run("staged-shutdown.lua", { args = { "web-1 then db-*", "force=true" } })
    expect(run.exit_code):equals(0)
    expect(writes(run)):equals("shutdown web-1, power_off web-1, shutdown db-1")
  end)

  it("shuts nothing down where a name is wrong, a tier is empty, or force isn't allowed", function()
    cluster()
    local wrong = sim.run("staged-shutdown.lua", { args = { "web-* then bd-*" } })
    expect(wrong.error.message):contains("no guest is called 'bd-*'")
    local empty = sim.run("staged-shutdown.lua", { args = { "web-* then web-1" } })
    expect(empty.error.message):contains("tier 2 has no guest of its own")
    local forbidden = sim.run("staged-shutdown.lua", {
      args = { "web-* then db-*", "force=true" },
      deny = { "vmm.power_off:db-*" },
    })
    expect(forbidden.error.message):contains("force=true needs --allow vmm.power_off for db-1")
    expect(writes(wrong) .. writes(empty) .. writes(forbidden)):equals("")
    expect(sim.run("staged-shutdown.lua").exit_code):equals(2)
  end)
end)
