import Testing
import VirtualMachines

@testable import VMMScripting

/// The time of day that a script reads while somebody sets the wall clock.
@Suite struct ScriptTimeTests {
    private func at(_ seconds: Int) -> Timestamp { Timestamp(sinceEpoch: .seconds(seconds)) }

    @Test func `it is the wall clock's, and follows one that is set ahead`() {
        var time = ScriptTime(shown: at(1_000), instant: at(0))
        time.advance(to: at(10), wallTime: at(1_010))
        #expect(time.shown == at(1_010))
        time.advance(to: at(20), wallTime: at(5_000))
        #expect(time.shown == at(5_000))
    }

    @Test func `it goes on at half its pace while the wall clock is behind, until that has caught up`() {
        var time = ScriptTime(shown: at(1_000), instant: at(0))
        time.advance(to: at(10), wallTime: at(950))
        #expect(time.shown == at(1_005))
        time.advance(to: at(60), wallTime: at(1_000))
        #expect(time.shown == at(1_030))
        time.advance(to: at(120), wallTime: at(1_060))
        #expect(time.shown == at(1_060))
        time.advance(to: at(130), wallTime: at(1_070))
        #expect(time.shown == at(1_070))
    }

    @Test func `it stands where no time has passed, whatever order the readings come in`() {
        var time = ScriptTime(shown: at(1_000), instant: at(10))
        time.advance(to: at(10), wallTime: at(0))
        time.advance(to: at(5), wallTime: at(0))
        #expect(time.shown == at(1_000))
        time.advance(to: at(12), wallTime: at(0))
        #expect(time.shown == at(1_001))
    }
}
