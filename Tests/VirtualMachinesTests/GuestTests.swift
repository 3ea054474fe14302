import Testing
import VirtualMachines

@Suite struct GuestTests {
    private let guest = Guest(
        id: "vm-1",
        name: "web-1",
        status: .running,
        vcpuCount: 2,
        memoryMB: 4_096,
        autorun: 1
    )

    @Test("tags are the description's words behind a hash")
    func tags() {
        var tagged = guest
        #expect(tagged.tags.isEmpty)
        tagged.description = "shop #web  # a#b\n#canary #web"
        #expect(tagged.tags == ["web", "canary", "web"])
    }

    @Test("a guest's raw status is the status's own word unless the NAS used another")
    func rawStatus() {
        #expect(guest.rawStatus == "running")
        let odd = Guest(id: "a", name: "a", status: .unknown, rawStatus: "zombie", vcpuCount: 1, memoryMB: 1)
        #expect(odd.rawStatus == "zombie")
    }

    @Test("settings hold when every wanted value stands, and no value is wanted of what is nil")
    func settings() {
        #expect(GuestSettings().isEmpty)
        #expect(GuestSettings().hold(in: guest))
        #expect(GuestSettings(vcpuCount: 2, memoryMB: 4_096, autorun: 1).hold(in: guest))
        #expect(!GuestSettings(vcpuCount: 3).hold(in: guest))
        #expect(!GuestSettings(memoryMB: 1).hold(in: guest))
        #expect(!GuestSettings(autorun: 0).hold(in: guest))
        #expect(!GuestSettings(autorun: 0).isEmpty)
    }

    @Test("settings don't hold in a guest that doesn't tell them")
    func untoldSettings() {
        var silent = guest
        silent.autorun = nil
        #expect(!GuestSettings(autorun: 1).hold(in: silent))
    }

    @Test("statuses say what counts as out of service and what as no news")
    func statuses() {
        #expect(GuestStatus.allCases.filter(\.isDown) == [.stopped, .crashed])
        #expect(Set(GuestStatus.allCases.filter(\.isNoNews)) == [.unknown, .inaccessible])
        #expect(PowerAction.powerOn.wantedStatus == .running)
        #expect(PowerAction.shutdown.wantedStatus == .stopped)
        #expect(PowerAction.powerOff.wantedStatus == .stopped)
    }

    @Test("an error reads as its message with the hint behind it")
    func errors() {
        #expect(VMMError(.busy, "it is busy").description == "it is busy")
        #expect(VMMError(.busy, "it is busy", hint: "wait").description == "it is busy; wait")
    }
}
