import Testing

@testable import OrgSimulator

@Suite("Login Hours in Setup")
struct LoginHoursFormTests {
    private func profile(_ client: SetupClient) async throws -> Profile {
        try #require(await client.state.profiles.first { $0.name == Profile.apiOnly })
    }

    /// The form with the same hours on each day.
    private func form(_ start: Int = 0, _ end: Int = 1_440, _ others: [(String, String)] = []) -> [(String, String)] {
        let all = LoginHours.Day.allCases.flatMap { day in
            [("\(day.rawValue)-start", "\(start)"), ("\(day.rawValue)-end", "\(end)")]
        }
        let changed = Set(others.map(\.0))
        return all.filter { !changed.contains($0.0) } + others
    }

    @Test("Saved hours are shown, and restrict sign-ins until they are cleared")
    func save() async throws {
        // The tests' time is Monday 21 September 2026, 14:13:20 UTC.
        let client = try SetupClient.withApp(.externalClientApp)
        let path = { (action: String) in SetupPlace.profiles.path(try await profile(client).id, action) }
        #expect(await client.get(try await path("view")).text.contains("None: sign-ins at every hour."))
        let monday = [("monday-start", "540"), ("monday-end", "840")]
        #expect(await client.post(try await path("edit-hours"), form(0, 0, monday)).status == 303)
        let saved = try await profile(client).loginHours
        try #require(saved.map(\.day) == [.monday])
        try #require(saved[0].startMinutes == 540)
        #expect(saved[0].endMinutes == 840)
        let view = await client.get(try await path("view")).text
        #expect(view.contains("<dt>Monday</dt><dd>09:00 – 14:00</dd>"))
        #expect(view.contains("<dt>Sunday</dt><dd>no sign-ins</dd>"))
        let edit = await client.get(try await path("edit-hours")).text
        #expect(edit.contains("<option value=\"840\" selected>14:00</option>"))
        #expect(try await client.signIn(.externalClientApp) == "invalid_grant / ip restricted or invalid login hours")
        #expect(await client.post(try await path("clear-hours")).status == 303)
        #expect(try await profile(client).loginHours.isEmpty)
        #expect(try await client.signIn(.externalClientApp) == "token")
    }

    @Test("Whole days on all days are no restriction; a time between full hours is kept")
    func edges() async throws {
        let client = try SetupClient { state in
            var profile = try #require(Profile.standard(Profile.apiOnly))
            var hours = LoginHours(day: .friday)
            hours.endMinutes = 7
            profile.loginHours = [hours]
            state.orgs[0].profiles = [profile]
        }
        let path = SetupPlace.profiles.path(try await profile(client).id, "edit-hours")
        #expect(await client.get(path).text.contains("<option value=\"7\" selected>00:07</option>"))
        #expect(await client.post(path, form()).status == 303)
        #expect(try await profile(client).loginHours.isEmpty)
    }

    @Test("A day with several ranges is shown unchanged, and is kept when the other days are saved")
    func severalRanges() async throws {
        let client = try SetupClient { state in
            var profile = try #require(Profile.standard(Profile.apiOnly))
            profile.loginHours = [LoginHours(day: .monday), LoginHours(day: .monday), LoginHours(day: .friday)]
            (profile.loginHours[0].startMinutes, profile.loginHours[0].endMinutes) = (61, 125)
            (profile.loginHours[1].startMinutes, profile.loginHours[1].endMinutes) = (300, 310)
            state.orgs[0].profiles = [profile]
        }
        let before = try await profile(client).loginHours
        let path = SetupPlace.profiles.path(try await profile(client).id, "edit-hours")
        let page = await client.get(path).text
        #expect(page.contains("<td>Monday</td><td>01:01 – 02:05, 05:00 – 05:10</td><td></td>"))
        #expect(!page.contains("monday-start"))
        let shown = form(0, 0, [("friday-start", "0"), ("friday-end", "1440")]).filter { !$0.0.hasPrefix("monday") }
        #expect(await client.post(path, shown).status == 303)
        #expect(try await profile(client).loginHours == before)
    }

    @Test(
        "An invalid form is rejected, and nothing is saved",
        arguments: [
            ([("friday-start", "600"), ("friday-end", "540")], "Friday ends before it starts."),
            ([("sunday-end", "1441")], "Sunday needs a start and an end from 00:00 to 24:00."),
            ([("sunday-end", "noon")], "Sunday needs a start and an end from 00:00 to 24:00."),
            (
                LoginHours.Day.allCases.map { ("\($0.rawValue)-end", "0") },
                "nobody could sign in. Set login hours for at least one day."
            ),
        ])
    func refused(_ fields: [(String, String)], _ sentence: String) async throws {
        let client = try SetupClient()
        let before = await client.state
        let path = SetupPlace.profiles.path(try await profile(client).id, "edit-hours")
        let answer = await client.post(path, form(0, 1_440, fields))
        #expect(answer.status == 400)
        #expect(answer.problem == "Nothing was saved: \(sentence)")
        #expect(await client.state == before)
    }
}
