internal import Foundation

/// A node of the register's tree: a leaf with the revisions of records, or a branch that refers to other nodes.
///
/// It is the stored body of a record of the kind ``RecordKind/registerNode``, so the property names must not change. It has
/// parallel arrays, with one element for each entry or child, because coding them is several times as fast as coding a
/// dictionary or values with members.
struct RegisterNode: Codable, Sendable, Equatable {
    /// A branch's reference to a node below it.
    struct Child: Sendable, Equatable {
        /// The child has the names from this one up to the next child's. The first child also has all names before.
        let first: String
        /// The id of the child's record.
        let number: Int
        /// The authentication tag of the child's record, which depends on all of its content. So an older version of the
        /// child is rejected although it is authentic.
        let tag: Data
    }

    /// The most entries or children of a node. A node that gets more is split.
    static let capacity = 64
    /// The size of an authentication tag in bytes.
    private static let tagSize = 32

    /// In a leaf, the ``RecordKey/description`` of each record; in a branch, ``Child/first`` of each child. Sorted by
    /// their UTF-8 bytes.
    private(set) var names: [String] = []
    /// In a leaf, the revision of each record, negative for a removed one: a new record with the same key continues from
    /// there. In a branch, ``Child/number`` of each child.
    private var values: [Int] = []
    /// The tags of a branch's children, one after the other; `nil` in a leaf.
    private var tags: Data?

    /// An empty leaf.
    init() {}

    /// A branch.
    init(_ children: [Child]) {
        tags = Data()
        insert(children, at: 0)
    }

    var isLeaf: Bool { tags == nil }
    var isOverfull: Bool { names.count > Self.capacity }
    /// Whether the arrays fit together.
    var isConsistent: Bool {
        names.count == values.count && (tags.map { $0.count == names.count * Self.tagSize && !names.isEmpty } ?? true)
    }

    // MARK: Leaves

    /// The revision of a record in a leaf, negative for a removed one; `nil` if the leaf does not have the name.
    func value(of name: String) -> Int? {
        let index = position(of: name)
        return index < names.count && names[index] == name ? values[index] : nil
    }

    /// Sets the revision of a record in a leaf, negative for a removed one.
    mutating func setValue(_ value: Int, of name: String) {
        let index = position(of: name)
        if index < names.count, names[index] == name {
            values[index] = value
        } else {
            names.insert(name, at: index)
            values.insert(value, at: index)
        }
    }

    /// The names and revisions of the records in a leaf whose names begin with a text, without removed ones, sorted.
    func entries(prefix: String) -> [(name: String, revision: Int)] {
        var found: [(name: String, revision: Int)] = []
        for index in position(of: prefix)..<names.count {
            guard names[index].utf8.starts(with: prefix.utf8) else { break }
            if values[index] > 0 { found.append((names[index], values[index])) }
        }
        return found
    }

    // MARK: Branches

    /// The children of a branch; empty in a leaf.
    var children: [Child] { isLeaf ? [] : names.indices.map { child(at: $0) } }

    func child(at index: Int) -> Child {
        let start = (tags?.startIndex ?? 0) + index * Self.tagSize
        return Child(
            first: names[index], number: values[index], tag: Data(tags?[start..<start + Self.tagSize] ?? Data()))
    }

    /// The index of the child whose range contains a name; see ``Child/first``.
    func childIndex(of name: String) -> Int {
        let index = position(of: name)
        return index < names.count && names[index] == name ? index : max(index - 1, 0)
    }

    mutating func insert(_ children: [Child], at index: Int) {
        names.insert(contentsOf: children.map(\.first), at: index)
        values.insert(contentsOf: children.map(\.number), at: index)
        let start = (tags?.startIndex ?? 0) + index * Self.tagSize
        for (offset, child) in children.enumerated() {
            let place = start + offset * Self.tagSize
            // A new child has no tag until it is written.
            let tag = child.tag.isEmpty ? Data(count: Self.tagSize) : child.tag
            tags?.insert(contentsOf: tag, at: place)
        }
    }

    mutating func setTag(_ tag: Data, ofChildAt index: Int) {
        let start = (tags?.startIndex ?? 0) + index * Self.tagSize
        tags?.replaceSubrange(start..<start + Self.tagSize, with: tag)
    }

    // MARK: Both

    /// Divides an overfull node into nodes that are about half full, in order.
    func parts() -> [RegisterNode] {
        let half = Self.capacity / 2
        let portions = (names.count + half - 1) / half
        let size = (names.count + portions - 1) / portions
        return stride(from: 0, to: names.count, by: size).map { start in
            let range = start..<min(start + size, names.count)
            if !isLeaf { return RegisterNode(range.map { child(at: $0) }) }
            var leaf = RegisterNode()
            (leaf.names, leaf.values) = (Array(names[range]), Array(values[range]))
            return leaf
        }
    }

    /// The index of a name, or the index at which it would have to be inserted.
    private func position(of name: String) -> Int {
        var (low, high) = (0, names.count)
        while low < high {
            let middle = (low + high) / 2
            if names[middle].utf8.lexicographicallyPrecedes(name.utf8) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension RegisterNode {
    /// The root of a register of an earlier version: a leaf with any number of entries.
    ///
    /// - Parameter removed: The last revisions of removed records.
    init(revisions: [String: Int], removed: [String: Int]) {
        let entries = revisions.map { ($0.key, $0.value) } + removed.map { ($0.key, -$0.value) }
        let sorted = entries.sorted { $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) }
        names = sorted.map(\.0)
        values = sorted.map(\.1)
    }
}
