//! Which paths are the page's own, so that a link to one of them is answered with the page.

/// Does one of these routes lead there? `$name` in a route stands for any one segment.
pub(super) fn leads_to(routes: &[String], path: &str) -> bool {
    routes.iter().any(|route| is_same(route, path))
}

fn is_same(route: &str, path: &str) -> bool {
    let mut segments = segments(path);
    let mut expected = self::segments(route);
    let meets = |expected: &str| {
        let segment = segments.next();
        segment.is_some_and(|segment| {
            let is_any = expected.starts_with('$') && !segment.is_empty();
            is_any || segment == expected
        })
    };
    expected.all(meets) && segments.next().is_none()
}

/// A slash at the end is no segment more.
fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.strip_suffix('/').unwrap_or(path).split('/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_leads_where_its_segments_say() {
        let routes = ["/", "/runs", "/workflows/$workflowId/start"].map(str::to_owned);
        for (path, expected) in [
            ("/", true),
            ("/runs", true),
            ("/runs/", true),
            ("/workflows/1/start", true),
            ("/workflows/a%2Fb/start/", true),
            ("/workflows//start", false),
            ("/workflows/1", false),
            ("/workflows/1/start/2", false),
            ("/run", false),
            ("//", false),
            ("/Runs", false),
        ] {
            assert_eq!(leads_to(&routes, path), expected, "{path}");
        }
    }
}
