import Foundation
import Rehearsal
import Testing
import VirtualMachines

@testable import vmmlua

/// What is kept of how long guests took.
@Suite struct TransitionFileTests {
    private let later = TransitionHistory([
        "a": [.powerOn: [.seconds(20), .milliseconds(21_500)], .shutdown: [.seconds(9)]]
    ])

    private func withFolder(_ body: (URL, TransitionFile) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("vmmlua-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("vmmlua/durations/nas:5001.json")
        try body(file, TransitionFile(of: "nas:5001", environment: ["XDG_STATE_HOME": folder.path]))
    }

    @Test func `what was added is read again, the latest times of each guest`() throws {
        try withFolder { _, file in
            #expect(file.history == TransitionHistory())
            file.append(later)
            #expect(file.history == later)
            for _ in 1...3 { file.append(later) }
            #expect(file.history?.samples["a"]?[.powerOn]?.count == TransitionHistory.sampleLimit)
            #expect(file.history?.expected(.shutdown, of: "a") == .seconds(9))
        }
    }

    @Test(arguments: [
        "", "{", "[]", #"{"format":"vmmlua.durations","version":2,"guests":{}}"#,
        #"{"format":"other","version":1,"guests":{}}"#,
    ])
    func `a file that isn't understood counts as nothing, and stays`(_ content: String) throws {
        try withFolder { url, file in
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
            try Data(content.utf8).write(to: url)
            file.append(later)
            #expect(file.history == nil)
            #expect(try String(contentsOf: url, encoding: .utf8) == content)
        }
    }

    @Test func `times that can't be are passed over`() throws {
        try withFolder { url, file in
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
            let content =
                #"{"format":"vmmlua.durations","version":1,"guests":{"a":{"power_on":[-1,1e300,"x",12],"fly":[1]},"b":3}}"#
            try Data(content.utf8).write(to: url)
            #expect(file.history == TransitionHistory(["a": [.powerOn: [.seconds(12)]]]))
        }
    }
}
