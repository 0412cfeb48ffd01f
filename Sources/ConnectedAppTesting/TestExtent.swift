import Foundation

/// How much of the longest tests runs. `make verify` runs all of it, `make test` a sample.
package enum TestExtent {
    package static let isWhole = ProcessInfo.processInfo.environment["APRITY_TEST_EXTENT"] == "whole"

    /// Returns all cases, or those with these indices.
    package static func cases<Case>(_ all: [Case], sample: [Int]) -> [Case] {
        isWhole ? all : sample.map { all[$0] }
    }
}
