import Foundation
import Rehearsal
import SimulatedVMM
import Testing
import VMMScripting
import VirtualMachines

@testable import vmmlua

#if canImport(FoundationXML)
import FoundationXML
#endif

/// JUnit's reports and charts, as a real parser reads them.
@Suite struct XMLTests {
    private static let texts = [
        "plain", "a ]]> b", "<&>\"'", "\u{0}\u{1}\u{8}\u{B}\u{1F}\u{7F}", "tab\tline\nreturn\r", "\u{FFFE}\u{FFFF}",
        "\u{9B}\u{85}\u{2028}\u{202E}", "\u{1FFFE}\u{10FFFF}", "日本 e\u{301} 👨‍👩‍👧", "\\xe9 &amp; &#0;", "--> <!-- <?x ?>",
        "\u{D7FF}\u{E000}\u{FFFD}",
    ]

    /// The texts and attributes of a document; nil where it is not well-formed.
    private final class Reader: NSObject, XMLParserDelegate {
        private(set) var attributes: [String] = []
        private(set) var text = ""

        func parser(
            _ parser: XMLParser,
            didStartElement elementName: String,
            namespaceURI: String?,
            qualifiedName qName: String?,
            attributes attributeDict: [String: String]
        ) {
            attributes += attributeDict.values
        }

        func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }
    }

    private func read(_ document: String) -> Reader? {
        let reader = Reader()
        let parser = XMLParser(data: Data(document.utf8))
        parser.delegate = reader
        return withExtendedLifetime(reader) { parser.parse() } ? reader : nil
    }

    /// As a document has it: what XML has no words for is escaped as Lua writes it.
    private func told(_ text: String) -> String {
        text.escapingControls.replacing("\u{FFFE}", with: "\\u{fffe}").replacing("\u{FFFF}", with: "\\u{ffff}")
    }

    @Test(arguments: texts) func `a report for JUnit is well-formed, whatever names and messages hold`(_ text: String)
        throws
    {
        let file = TestScript(path: text, script: Script(name: text, source: ""))
        var report = TestReport()
        report.entries = [
            TestReport.Entry(script: file, fileFailure: ScriptError(.script, "\(text) because\n\(text)", hint: text))
        ]
        let reader = try #require(read(JUnitReport.text(report)), "\(JUnitReport.text(report).debugDescription)")
        #expect(reader.attributes.contains(told(text)))
        #expect(reader.text.contains(told(text.split(separator: "\n").first.map(String.init) ?? "")))
    }

    @Test(arguments: texts) func `a chart is well-formed, whatever guests and scripts are called`(_ text: String)
        async throws
    {
        let clock = VirtualClock()
        var cluster = Cluster.standard(guestCount: 2, now: clock.now)
        var settings = GuestSettings()
        settings.name = text
        try cluster.set(cluster.guests[0].guest.id, settings)
        let run = await Rehearsal(cluster).run("async.map(vmm.list{ status = 'running' }, flow.restart)", named: text)
        let chart = PlanChart(Plan(run), title: text, start: nil).svg
        let reader = try #require(read(chart), "\(chart.debugDescription)")
        #expect(reader.text.contains(told(text)))
    }
}
