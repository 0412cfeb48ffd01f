/// Finds what somebody may have meant.
package enum Spelling {
    /// - Returns: The candidate with the fewest changed, added or lost letters, if those are at most a third of it.
    package static func nearest(to word: String, among candidates: [String]) -> String? {
        guard word.count <= 100 else { return nil }
        let ranked = candidates.map { (distance(Array(word), Array($0)), $0) }.min { $0 < $1 }
        guard let (distance, candidate) = ranked, distance <= max(1, candidate.count / 3) else { return nil }
        return candidate
    }

    /// Levenshtein's.
    private static func distance(_ left: [Character], _ right: [Character]) -> Int {
        var row = Array(0...right.count)
        for (i, a) in left.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, b) in right.enumerated() {
                let changed = diagonal + (a == b ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(changed, row[j] + 1, row[j + 1] + 1)
            }
        }
        return row[right.count]
    }
}
