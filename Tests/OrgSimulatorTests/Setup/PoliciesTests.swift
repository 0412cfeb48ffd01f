import Foundation
import Testing

@testable import OrgSimulator

@Suite("Policies, permission sets, users and usage in Setup")
struct PoliciesTests {
    private static let policies = [
        ("permittedUsers", "adminApprovedPreAuthorized"), ("ipRelaxation", "BYPASS"), ("timeout", "15"),
    ]

    private func path(_ client: SetupClient, _ place: SetupPlace, _ action: String) async throws -> String {
        place.path(try await client.app.id, action)
    }

    @Test("Ending self-authorization asks for confirmation, and saves after OK")
    func warning() async throws {
        let client = try SetupClient.withApp(.connectedApp)
        let path = try await path(client, .manageConnectedApps, "edit-policies")
        let open = Self.policies.map { $0.0 == "permittedUsers" ? ($0.0, "allSelfAuthorized") : $0 }
        #expect(await client.post(path, open).status == 303)
        #expect(try await client.signIn(.connectedApp) == "invalid_grant / user hasn't approved this consumer")

        let asked = await client.post(path, Self.policies)
        #expect(asked.status == 200)
        #expect(asked.text.contains(">OK</button>"))
        #expect(try await client.app.permittedUsers == .allSelfAuthorized)
        for (name, value) in Self.policies + [("confirmed", "1")] {
            #expect(asked.text.contains("name=\"\(name)\" value=\"\(value)\""))
        }
        #expect(await client.post(path, Self.policies + [("confirmed", "1")]).status == 303)
        let app = try await client.app
        #expect(app.permittedUsers == .adminApprovedPreAuthorized)
        #expect(app.ipRelaxation == .relax)
        #expect(app.sessionTimeoutMinutes == 15)
        #expect(try await client.signIn(.connectedApp) == "token")
    }

    @Test(
        "High assurance stops the JWT bearer flow; a value that Setup does not offer is rejected",
        arguments: App.Kind.allCases)
    func highAssurance(_ kind: App.Kind) async throws {
        let client = try SetupClient.withApp(kind)
        let place: SetupPlace = kind == .connectedApp ? .manageConnectedApps : .externalClientApps
        let path = try await path(client, place, "edit-policies")
        let rest = [("enabled", "1"), ("permissionSets", "Aprity_Integration")]
        #expect(await client.post(path, Self.policies + rest + [("highAssurance", "1")]).status == 303)
        #expect(try await client.app.requiredSessionLevel == .highAssurance)
        #expect(try await client.signIn(kind) == "invalid_grant / authentication failure")
        #expect(await client.post(path, Self.policies + rest).status == 303)
        #expect(try await client.signIn(kind) == "token")
        for (field, label) in [
            ("permittedUsers", "Permitted Users"), ("ipRelaxation", "IP Relaxation"), ("timeout", "Timeout Value"),
        ] {
            let others = Self.policies.filter { $0.0 != field }
            for given in [[], [(field, "everybody")]] {
                let strange = await client.post(path, given + others)
                #expect(strange.status == 400)
                #expect(
                    strange.problem
                        == "Nothing was saved: \(label) is missing, or has a value that Setup does not offer.")
            }
        }
    }

    @Test("An external client app is switched off and on in its policies")
    func disable() async throws {
        let client = try SetupClient.withApp(.externalClientApp)
        let path = try await path(client, .externalClientApps, "edit-policies")
        let set = [("permissionSets", "Aprity_Integration")]
        #expect(await client.post(path, Self.policies + set).status == 303)
        #expect(try await client.signIn(.externalClientApp).hasPrefix("app_not_found / "))
        #expect(await client.post(path, Self.policies + set + [("enabled", "1")]).status == 303)
        #expect(try await client.signIn(.externalClientApp) == "token")
    }

    @Test("Profiles and permission sets of the app decide who can sign in")
    func assignments() async throws {
        let client = try SetupClient.withApp(.connectedApp)
        let sets = try await path(client, .manageConnectedApps, "permission-sets")
        #expect(await client.post(sets).status == 303)
        #expect(try await client.signIn(.connectedApp).hasPrefix("invalid_app_access"))
        let profiles = try await path(client, .manageConnectedApps, "profiles")
        #expect(await client.post(profiles, [("profiles", Profile.apiOnly)]).status == 303)
        #expect(try await client.signIn(.connectedApp) == "token")
        #expect(await client.post(sets, [("permissionSets", "Nowhere")]).status == 400)
        #expect(try await client.app.permissionSets == [])
    }

    @Test("Usage blocks, unblocks, installs, uninstalls and ends sessions")
    func usage() async throws {
        let client = try SetupClient.withApp(.connectedApp)
        #expect(try await client.signIn(.connectedApp) == "token")
        let list = await client.get(SetupPlace.connectedAppsUsage.path).text
        #expect(list.contains(">1</a>"))
        let users = try await path(client, .connectedAppsUsage, "users")
        #expect(await client.get(users).text.contains(TokenCase.username))
        let id = try #require(await client.state.users.first { $0.username == TokenCase.username }).id
        let revoked = await client.post(try await path(client, .connectedAppsUsage, "revoke"), [("user", id)])
        #expect(revoked.status == 303)
        #expect(await client.get(users).text.contains("Nobody has a session"))

        // Without a user, the question is about all users, and so is the answer. An unknown user ends no session.
        #expect(try await client.signIn(.connectedApp) == "token")
        let revoke = try await path(client, .connectedAppsUsage, "revoke")
        #expect(await client.get(revoke + "?user=005000000000000").status == 404)
        #expect(await client.post(revoke, [("user", "005000000000000")]).status == 404)
        #expect(await client.get(users).text.contains(TokenCase.username))
        #expect(await client.get(revoke).text.contains("The sessions of all users"))
        #expect(await client.post(revoke).status == 303)
        #expect(await client.get(users).text.contains("Nobody has a session"))

        for (action, says) in [
            ("block", "OAUTH_APP_BLOCKED / this app is blocked by admin"), ("unblock", "token"),
            ("uninstall", "invalid_client / app must be installed into org"), ("install", "token"),
        ] {
            #expect(await client.post(try await path(client, .connectedAppsUsage, action)).status == 303)
            #expect(try await client.signIn(.connectedApp) == says, "\(action)")
        }
    }

    @Test("A new permission set gets permissions, is assigned to a user, and the assignment is removed")
    func permissionSets() async throws {
        let client = try SetupClient.withApp(.connectedApp)
        let place = SetupPlace.permissionSets
        let made = await client.post(place.newPath, [("label", "Metadata Reader")])
        #expect(made.status == 303)
        let set = try #require(await client.state.permissionSets.first { $0.name == "Metadata_Reader" })
        let ticked = [("permissions", "ApiEnabled"), ("permissions", "ModifyMetadata")]
        #expect(await client.post(place.path(set.id, "system-permissions"), ticked).status == 303)
        let user = try #require(await client.state.users.first { $0.username == TokenCase.username })
        let review = await client.get(place.path(set.id, "review-assignment") + "?users=\(user.id)")
        #expect(review.text.contains(">Assign</button>"))
        #expect(review.text.contains(user.username))
        let chosen = [("users", user.id)]
        #expect(await client.post(place.path(set.id, "review-assignment"), chosen).status == 303)
        let org = await client.state
        let given = try #require(org.user(named: user.username))
        #expect(given.permissionSets == ["Aprity_Integration", "Metadata_Reader"])
        #expect(org.permissions(of: given).isSuperset(of: ["ApiEnabled", "ModifyMetadata", "ViewSetup"]))
        #expect(await client.post(place.path(set.id, "assignments"), chosen).status == 303)
        #expect(await client.state.user(named: user.username)?.permissionSets == ["Aprity_Integration"])

        let none = await client.post(place.path(set.id, "assignments"))
        #expect(none.problem == "Nothing was saved: select at least one user.")
        let twice = await client.post(place.newPath, [("label", "x"), ("name", "metadata_reader")])
        #expect(twice.problem == "Nothing was saved: a permission set with this API name exists already.")
    }

    @Test("A user is frozen, unfrozen and deactivated, and sign-ins follow at once")
    func users() async throws {
        let client = try SetupClient.withApp(.externalClientApp)
        let user = try #require(await client.state.user(named: TokenCase.username))
        let steps: [(String, [(String, String)], Bool)] = [
            ("freeze", [], false), ("unfreeze", [], true), ("edit", [("profile", user.profile)], false),
            ("edit", [("isActive", "1"), ("profile", user.profile)], true),
        ]
        for (action, fields, isLetIn) in steps {
            #expect(await client.post(SetupPlace.users.path(user.id, action), fields).status == 303)
            #expect((try await client.signIn(.externalClientApp) == "token") == isLetIn, "\(action)")
        }
        #expect(await client.post(SetupPlace.users.path(user.id, "edit"), [("profile", "Nowhere")]).status == 400)
    }

    @Test("A Login IP Range of the profile blocks other addresses until it is deleted")
    func ranges() async throws {
        let client = try SetupClient.withApp(.externalClientApp)
        let profile = try #require(await client.state.profiles.first { $0.name == Profile.apiOnly })
        let path = { SetupPlace.profiles.path(profile.id, $0) }
        let wrong = await client.post(path("new-range"), [("start", "10.0.0.9"), ("end", "10.0.0.1")])
        #expect(wrong.problem == "Nothing was saved: enter two IPv4 or two IPv6 addresses, the lower one first.")
        let range = [("start", "10.0.0.1"), ("end", "10.0.0.9")]
        #expect(await client.post(path("new-range"), range).status == 303)
        #expect(try await client.signIn(.externalClientApp) == "invalid_grant / ip restricted or invalid login hours")
        #expect(await client.post(path("delete-range"), range).status == 303)
        #expect(try await client.signIn(.externalClientApp) == "token")
    }

    @Test("Login History shows the sign-ins of this org, the newest first")
    func loginHistory() async throws {
        let client = try SetupClient.withApp(.externalClientApp)
        _ = try await client.signIn(.externalClientApp, key: "second")
        _ = try await client.signIn(.externalClientApp)
        let page = await client.get(SetupPlace.loginHistory.path).text
        let success = try #require(page.range(of: "Success"))
        let failure = try #require(page.range(of: "Failed: Signature Invalid"))
        #expect(success.lowerBound < failure.lowerBound)
        #expect(page.contains("192.0.2.7"))
        #expect(page.contains("Remote Access 2.0"))
        #expect(page.contains(TokenCase.username))
    }
}
