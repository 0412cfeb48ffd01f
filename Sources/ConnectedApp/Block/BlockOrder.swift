package import Foundation

/// A block that holds before the store has it.
///
/// `aprity block` writes the order into a small file first, so that it holds although the store is locked, full or
/// damaged. Every process looks at that file before it signs or hands out a token.
package struct BlockOrder: Codable, Sendable, Equatable {
    /// `nil`: every app.
    package var appIDs: [String]?
    package let reason: String
    package let principal: Principal
    package let orderedAt: Date

    package init(appIDs: [String]?, reason: String, principal: Principal, orderedAt: Date) {
        self.appIDs = appIDs
        self.reason = reason
        self.principal = principal
        self.orderedAt = orderedAt
    }

    package func covers(_ appID: String) -> Bool { appIDs?.contains(appID) ?? true }

    var block: Block { Block(reason: reason, principal: principal, orderedAt: orderedAt) }
}

extension [BlockOrder] {
    /// The one that blocks an app. The first one's reason counts.
    package func first(covering appID: String) -> BlockOrder? { first { $0.covers(appID) } }
    package var coverEveryApp: Bool { contains { $0.appIDs == nil } }
}

/// What the order file holds. It is authenticated also while there is no order, so nobody can erase an order without
/// the master key.
package struct BlockOrderState: Codable, Sendable, Equatable {
    /// Random; the store knows it, so another file is refused.
    package let fileID: String
    /// How many orders were ever written to this file. It never goes down.
    package let number: Int
    /// The newest orders, oldest first. They stay here after the store has taken them, until the next one.
    package let orders: [BlockOrder]

    package init(fileID: String, number: Int, orders: [BlockOrder]) {
        self.fileID = fileID
        self.number = number
        self.orders = orders
    }

    /// The state after one more order.
    ///
    /// - Parameter waiting: Those that the store may not have taken.
    package func adding(_ order: BlockOrder, to waiting: [BlockOrder]) -> BlockOrderState {
        BlockOrderState(fileID: fileID, number: number + 1, orders: waiting + [order])
    }
}

/// What the store knows of the order file.
package struct BlockOrderMark: Codable, Sendable, Equatable {
    package let fileID: String
    /// The newest order that the store has taken. It changes in the same transaction as the blocks themselves, so an
    /// order counts as done exactly when its blocks are in the store.
    package let carriedOut: Int

    package init(fileID: String, carriedOut: Int) {
        self.fileID = fileID
        self.carriedOut = carriedOut
    }

    /// The orders that the store has yet to take.
    ///
    /// - Parameter state: `nil`: the file is missing.
    /// - Throws: ``ConnectedAppError`` with `.blockMayBeLost` if this is not the file that belongs to the store, or an
    ///   earlier state of it. A new file that covers every app is accepted: it can only block.
    package func pendingOrders(in state: BlockOrderState?) throws(ConnectedAppError) -> [BlockOrder] {
        guard let state else { throw .orderFileAltered("The block order file is missing.") }
        if state.fileID != fileID {
            guard state.orders.coverEveryApp else {
                throw .orderFileAltered("The block order file belongs to another store.")
            }
            return state.orders
        }
        guard state.number >= carriedOut else {
            throw .orderFileAltered(
                "The block order file holds order \(state.number), and the store took order \(carriedOut) before.")
        }
        return state.number > carriedOut ? state.orders : []
    }
}

extension ConnectedAppError {
    static func orderFileAltered(_ what: String) -> ConnectedAppError {
        ConnectedAppError(
            .blockMayBeLost, detail: "\(what) A block may be lost, so nothing is signed.",
            evidence: ["blockOrderFile": what])
    }
}

/// What a command that gives an order could learn from the store.
package enum StoreOrderMark: Sendable, Equatable {
    /// The store cannot be read.
    case unknown
    /// The store is from before stores had a mark, or no sign-in has set it yet.
    case unmarked
    case marked(BlockOrderMark)
}

extension StoreOrderMark {
    /// Of a store that can be read.
    init(_ mark: BlockOrderMark?) { self = mark.map(Self.marked) ?? .unmarked }

    /// The orders that the store may not have taken yet.
    ///
    /// - Throws: As ``BlockOrderMark/pendingOrders(in:)`` does.
    package func waitingOrders(in state: BlockOrderState) throws(ConnectedAppError) -> [BlockOrder] {
        switch self {
        case .unknown, .unmarked: state.orders
        case .marked(let mark): try mark.pendingOrders(in: state)
        }
    }
}

/// Keeps a block order outside the store. Every sign-in and every hand-out reads it first.
package protocol BlockOrders: Sendable {
    /// - Returns: `nil` if there is no file, or one from before files had a state of their own.
    /// - Throws: ``ConnectedAppError`` with `.blockMayBeLost` if aprity did not write it, or if it is older than a state
    ///   that this process has seen.
    func state() throws -> BlockOrderState?
    /// Makes the file if it is missing; takes over an order of a file from before files had a state.
    func establish() async throws -> BlockOrderState
    /// Adds an order to those that the store has not taken. Needs no free space if the file exists.
    ///
    /// A missing, altered or older file may have held an order: then the new one covers every app.
    ///
    /// - Returns: What is on disk now.
    func give(_ order: BlockOrder, _ store: StoreOrderMark) async throws -> BlockOrderState
    /// Authenticates the file under the master key that is active now.
    func reseal() async throws
}
