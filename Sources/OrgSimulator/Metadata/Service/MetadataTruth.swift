import Crypto
import Foundation

/// What an org has, and what becomes of each component if a user reads it. Tests compare it with what a client reports.
///
/// The names of the properties are JSON keys of the management API.
struct MetadataTruth: Codable, Equatable, Sendable {
    enum Outcome: String, Codable, Sendable {
        /// A retrieve delivers the component.
        case delivered
        /// The user may not read it.
        case refused
        /// The org cannot read it: always, or for a number of calls.
        case rotten
    }

    struct File: Codable, Equatable, Sendable {
        /// The path in an archive without a root folder.
        var path: String
        /// Of the whole file, in hexadecimal. In an archive, a profile or a permission set may be shorter.
        var sha256: String
    }

    struct Child: Codable, Equatable, Sendable {
        var type: String
        var fullName: String
        var lastModifiedDate: Date
    }

    struct Component: Codable, Equatable, Sendable {
        var type: String
        /// The name that a retrieve finds.
        var fullName: String
        var isFolder: Bool
        /// The names in the rows of `listMetadata`: usually one, which is `fullName`.
        var listedAs: [String]
        var namespacePrefix: String?
        /// The date of the last change, including changes of children.
        var lastModifiedDate: Date
        var outcome: Outcome
        /// How the org answers for a rotten component.
        var answer: RottenComponent.Answer?
        /// The number of calls that a rotten component still disturbs; `nil` without a limit.
        var remaining: Int?
        /// Sorted by path.
        var files: [File]
        var children: [Child]
    }

    /// Sorted by type and name.
    var components: [Component]
    /// The faults of listings that are still in force.
    var listingFaults: [TypeFault]
}

extension MetadataService {
    /// Returns what a caller's reads would meet now.
    func truth(for caller: MetadataCaller) -> MetadataTruth {
        let repository = repository(for: caller)
        let components = registry.types.map(\.xmlName).sorted().flatMap { type in
            repository.components(ofType: type).map { component($0, for: caller) }
        }
        return MetadataTruth(components: components, listingFaults: caller.conditions.listing.faults)
    }

    private func component(_ component: MetadataComponent, for caller: MetadataCaller) -> MetadataTruth.Component {
        let (type, fullName) = (component.type.xmlName, component.fullName)
        let origin = FileProperties.Origin(settings)
        let conditions = caller.conditions
        let properties = FileProperties(
            of: component, fileName: component.mainFile, type: component.listedType, origin: origin)
        let row = ListedRow(
            properties: properties, oddities: conditions.listing.oddities(of: properties.type, fullName))
        let rotten = conditions.retrieve.rotten.first {
            !component.isFolder && $0.type == type && $0.fullName == fullName
        }
        let isRefused = conditions.retrieve.refusals.contains { $0.applies(to: type, fullName, caller.permissions) }
        let disclosure = AppDisclosure(settings)
        return MetadataTruth.Component(
            type: type, fullName: fullName, isFolder: component.isFolder,
            listedAs: component.type.isListed ? row.names : [], namespacePrefix: properties.namespacePrefix,
            lastModifiedDate: properties.lastModifiedDate,
            outcome: isRefused ? .refused : rotten == nil ? .delivered : .rotten, answer: rotten?.answer,
            remaining: rotten?.count,
            files: component.files.map { file in
                .init(path: file.path, sha256: Self.hexadecimalHash(disclosure.served(file.bytes, type: type)))
            },
            children: component.parts.map { part in
                let child = FileProperties(of: part, in: component, origin: origin)
                return .init(type: part.type, fullName: part.fullName, lastModifiedDate: child.lastModifiedDate)
            })
    }

    private static func hexadecimalHash(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef")
        return SHA256.hash(data: bytes).map { String([digits[Int($0 >> 4)], digits[Int($0 & 15)]]) }.joined()
    }
}

extension MetadataComponent {
    /// The type that `listMetadata` lists the component under.
    fileprivate var listedType: String { isFolder ? type.folderType ?? type.xmlName : type.xmlName }
}
