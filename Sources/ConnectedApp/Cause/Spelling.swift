/// Suggests what a misspelt word may have been meant to be.
package enum Spelling {
    /// Returns the most similar candidate.
    ///
    /// - Returns: `nil` if the word has more than 100 characters, or if it differs from each candidate in more than a third of
    ///   the candidate's letters (one different letter is always allowed). Of equally similar candidates, the first in
    ///   alphabetical order.
    package static func nearest(to word: String, among candidates: [String]) -> String? {
        guard word.count <= 100 else { return nil }
        let ranked = candidates.map { (distance(Array(word), Array($0)), $0) }.min { $0 < $1 }
        guard let (distance, candidate) = ranked, distance <= max(1, candidate.count / 3) else { return nil }
        return candidate
    }

    /// Returns the optimal string alignment distance: the number of letters that are changed, added, lost, or swapped with
    /// their neighbour.
    private static func distance(_ left: [Character], _ right: [Character]) -> Int {
        var before: [Int] = []
        var row = Array(0...right.count)
        for (i, a) in left.enumerated() {
            var next = [i + 1]
            for (j, b) in right.enumerated() {
                var best = min(row[j] + (a == b ? 0 : 1), row[j + 1] + 1, next[j] + 1)
                if i > 0, j > 0, a == right[j - 1], b == left[i - 1] { best = min(best, before[j - 1] + 1) }
                next.append(best)
            }
            (before, row) = (row, next)
        }
        return row[right.count]
    }
}
