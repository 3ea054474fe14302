import Foundation
import LuaDifferential
import LuaRuntime
import Testing

@Suite struct LibraryTests {
    @Test func `the bounded functions do as liblua's own on a hundred thousand generated calls`() {
        let seed = UInt64.random(in: .min ... .max)
        var mismatch = [CChar](repeating: 0, count: 8192)
        let count = unsafe mismatch.withUnsafeMutableBufferPointer { buffer in
            unsafe differential_against_liblua(seed, 100_000, buffer.baseAddress, buffer.count)
        }
        let text = String(decoding: mismatch.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        #expect(text.isEmpty, "seed \(seed): \(text)")
        #expect(count == 100_000)
    }

    @Test func `the documentation says of each of liblua's functions what became of it`() throws {
        let documented = Set(try Self.table().keys)
        #expect(Self.exportedNames().subtracting(documented) == [])
    }

    @Test func `a function is absent exactly where the documentation says so`() async throws {
        let state = try LuaState()
        // What the host, and not this module, gives to scripts.
        let ofHost = ["print", "require", "os.clock", "os.date", "os.difftime", "os.time"]
        for (name, fate) in try Self.table() where !ofHost.contains(name) && Self.exportedNames().contains(name) {
            let source = "local ok, v = pcall(function() return \(name) end) return ok and v ~= nil"
            let isThere = try await state.run(Array(source.utf8), name: "names.lua") == [true]
            #expect(isThere == (fate != "absent"), "\(name) is \(fate)")
        }
    }

    private static func exportedNames() -> Set<String> {
        var names = [CChar](repeating: 0, count: 65_536)
        unsafe names.withUnsafeMutableBufferPointer { buffer in
            unsafe differential_list_functions(buffer.baseAddress, buffer.count)
        }
        let text = String(decoding: names.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return Set(text.split(separator: "\n").map(String.init))
    }

    /// The rows of the documentation's table: name and fate.
    private static func table() throws -> [String: String] {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let page = try String(contentsOf: root.appending(path: "Documentation/sandbox.md"), encoding: .utf8)
        let fates = ["kept", "bounded", "own", "absent"]
        let rows = page.split(separator: "\n").map { $0.split(separator: "|").map { $0.filter { $0 != " " } } }
        return Dictionary(
            uniqueKeysWithValues: rows.filter { $0.count >= 3 && $0[0].hasPrefix("`") && fates.contains($0[1]) }
                .map { ($0[0].filter { $0 != "`" }, $0[1]) }
        )
    }
}
