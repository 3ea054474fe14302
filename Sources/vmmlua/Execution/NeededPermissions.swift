import Foundation
import VMMScripting

/// The permissions that a script's head comment says it needs, in lines such as `needs: vmm.set, net (with port)`.
///
/// They are never granted by themselves. One without a condition is checked before the script begins.
struct NeededPermissions: Sendable, Equatable {
    /// Those that there are, in the order in which they are written.
    private(set) var all: [NeededPermission] = []
    /// What can't be read, a line each; prose behind the word is no problem.
    private(set) var problems: [String] = []

    /// Reads the comment that `Script.headComment` gives.
    init(headComment: String) {
        for list in Self.lists(in: headComment) {
            let items = Self.items(of: list)
            let permissions = items.map(NeededPermission.init)
            let areNeeds = permissions.contains { $0?.rule != nil }
            for (item, permission) in zip(items, permissions) {
                if let permission, permission.rule != nil {
                    all.append(permission)
                } else if areNeeds || Self.looksLikePermission(item) {
                    problems.append(Self.problem(with: item, permission))
                }
            }
        }
    }

    /// What follows `needs:`, to the end of the line, or of the last line that a comma leads to.
    private static func lists(in comment: String) -> [String] {
        var lists: [String] = []
        var isOpen = false
        for line in comment.split(separator: "\n", omittingEmptySubsequences: false) {
            if let start = line.firstMatch(of: /(?i)\bneeds:/) {
                lists.append(String(line[start.range.upperBound...]))
            } else if isOpen, let last = lists.popLast() {
                lists.append(last + " " + line)
            } else {
                continue
            }
            isOpen = lists.last?.trimmingCharacters(in: .whitespaces).hasSuffix(",") == true
        }
        return lists
    }

    /// The parts between commas; one in parentheses is part of a condition.
    private static func items(of list: String) -> [String] {
        var items = [""]
        var depth = 0
        for character in list {
            depth += character == "(" ? 1 : character == ")" ? -1 : 0
            if character == ",", depth <= 0 { items.append("") } else { items[items.count - 1].append(character) }
        }
        return items.map { $0.trimmingCharacters(in: .whitespaces) }
            .map { $0.hasSuffix(".") || $0.hasSuffix(";") ? String($0.dropLast()) : $0 }
            .filter { !$0.isEmpty }
    }

    private static func firstWord(_ item: String) -> String {
        item.split(whereSeparator: \.isWhitespace).first.map(String.init) ?? ""
    }

    private static func looksLikePermission(_ item: String) -> Bool {
        let word = firstWord(item)
        return word.contains(where: "._*:".contains) || meant(by: word) != nil
    }

    private static func meant(by word: String) -> String? {
        PermissionRule.permissions.first { $0.hasSuffix("." + word) }
            ?? nearNames(to: word, among: PermissionRule.permissions).first
    }

    private static func problem(with item: String, _ permission: NeededPermission?) -> String {
        guard permission == nil else {
            let word = firstWord(item)
            let advice =
                meant(by: word).map { "did you mean \($0)?" }
                ?? "known are \(PermissionRule.permissions.joined(separator: ", "))"
            return "needs: there is no permission '\(word)'; \(advice)"
        }
        return "needs: '\(item)' can't be read; write permissions with commas between, and a condition in parentheses: "
            + "vmm.set, net (with port)"
    }

    /// Throws for permissions that the script says it needs in any case, and that `policy` leaves it for nothing at all.
    func check(against policy: PermissionPolicy, of script: String) throws(UsageError) {
        let missing = all.filter(\.condition.isEmpty)
            .compactMap { need in
                need.rule.flatMap(policy.missing).map { (permission: need.permission, reason: $0) }
            }
        guard !missing.isEmpty else { return }
        var advice: [String] = []
        let flags = missing.filter { $0.reason == .notGranted }.map { "--allow \($0.permission.quotedForShell)" }
        if !flags.isEmpty { advice.append("add " + flags.joined(separator: " ")) }
        for case .denied(let rule) in missing.map(\.reason) {
            let words = "leave out --deny \(rule.description.quotedForShell), which forbids it"
            if !advice.contains(words) { advice.append(words) }
        }
        let names = missing.map(\.permission).joined(separator: ", ")
        throw UsageError(
            "\(script) needs \(missing.count == 1 ? "the permission" : "the permissions") \(names)",
            hint: advice.joined(separator: ", and ")
        )
    }
}

/// A permission that a script says it needs, as in `vmm.power_off (with force=true)`.
struct NeededPermission: Sendable, Equatable {
    let permission: String
    /// When it needs it, in parentheses; empty for always.
    let condition: String
    /// The permission as a rule; nil where there is none of that name.
    let rule: PermissionRule?

    /// Reads a permission, alone or with a condition in parentheses; nil for anything else.
    init?(_ text: String) {
        guard let parts = text.wholeMatch(of: /([^\s(]+)\s*(\(.*\))?/) else { return nil }
        permission = String(parts.1)
        condition = parts.2.map(String.init) ?? ""
        rule = try? PermissionRule(permission)
    }
}
