/// Identifies a state of the records. The revision goes up with each change. The generation goes up when the store continues
/// from an older state: after a restore, or when `block --all` accepts records that were rolled back.
///
/// Stored in the audit record; the keys must not change.
package struct RecordsPosition: Codable, Sendable, Comparable, CustomStringConvertible {
    package let generation: Int
    package let revision: Int

    package init(generation: Int, revision: Int) {
        self.generation = generation
        self.revision = revision
    }

    package static func < (left: RecordsPosition, right: RecordsPosition) -> Bool {
        (left.generation, left.revision) < (right.generation, right.revision)
    }

    /// `generation.revision`.
    package var description: String { "\(generation).\(revision)" }
}
