/// A state of the store's records. Each change increments the revision. The generation is incremented when the store
/// continues from an older state: after a restore, or when `block --all` accepts records that were rolled back.
///
/// Stored in the audit record and in checkpoints; the property names must not change.
package struct RecordsPosition: Codable, Sendable, Comparable, CustomStringConvertible {
    let generation: Int
    let revision: Int

    init(generation: Int, revision: Int) {
        self.generation = generation
        self.revision = revision
    }

    package static func < (left: RecordsPosition, right: RecordsPosition) -> Bool {
        (left.generation, left.revision) < (right.generation, right.revision)
    }

    /// `generation.revision`.
    package var description: String { "\(generation).\(revision)" }
}
