internal import Foundation

/// A node of the register's tree: a leaf with revisions, or a branch that refers to other nodes.
///
/// It is the stored body of a record of the kind ``RecordKind/registerNode``, so the names must not change. Names of
/// records are sorted by their UTF-8 bytes.
struct RegisterNode: Codable, Sendable, Equatable {
    /// A branch's reference to a node below it.
    struct Child: Codable, Sendable, Equatable {
        /// The child has the names from this one up to the next child's. The first child also has all names before.
        var first: String
        /// The id of the child's record.
        let number: Int
        /// The authentication tag of the child's record, which depends on all of its content. So an older version of
        /// the child is rejected although it is authentic.
        var tag: Data
    }

    /// The most entries or children of a node. A node that gets more is split.
    static let capacity = 64

    /// The revision of each record, by ``RecordKey/description``; empty in a branch.
    var revisions: [String: Int]
    /// The last revisions of removed records; empty in a branch. A new record with the same key continues from there.
    var removed: [String: Int]
    /// In the order of their names; `nil` in a leaf.
    var children: [Child]?

    private var count: Int { children?.count ?? revisions.count + removed.count }
    var isOverfull: Bool { count > Self.capacity }

    /// The index of the child that has a name, in children that are not empty.
    static func index(of name: String, in children: [Child]) -> Int {
        var (low, high) = (0, children.count)
        // Invariant: the child at `low - 1` begins at or before the name, the one at `high` begins after it.
        while low < high {
            let middle = (low + high) / 2
            if name.utf8.lexicographicallyPrecedes(children[middle].first.utf8) {
                high = middle
            } else {
                low = middle + 1
            }
        }
        return max(low - 1, 0)
    }

    /// Divides an overfull node into nodes that are half full, in order, each with its first name.
    func parts() -> [(first: String, node: RegisterNode)] {
        let size = (count + portions - 1) / portions
        if let children {
            return stride(from: 0, to: children.count, by: size).map { start in
                let portion = Array(children[start..<min(start + size, children.count)])
                return (portion[0].first, RegisterNode(revisions: [:], removed: [:], children: portion))
            }
        }
        let names = (Array(revisions.keys) + removed.keys).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        return stride(from: 0, to: names.count, by: size).map { start in
            let portion = names[start..<min(start + size, names.count)]
            var node = RegisterNode(revisions: [:], removed: [:])
            for name in portion {
                node.revisions[name] = revisions[name]
                node.removed[name] = removed[name]
            }
            return (names[start], node)
        }
    }

    private var portions: Int { (count + Self.capacity / 2 - 1) / (Self.capacity / 2) }
}
