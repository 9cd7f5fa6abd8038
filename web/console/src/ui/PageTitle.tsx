import { useEffect, useRef } from 'react';

/** What the page is: the one heading that takes the focus on a new page, and what its tab and its place in the history say. */
export function PageTitle({ children, ...rest }: React.ComponentProps<'h1'>) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    const title = `${heading.current?.textContent} · Footlight`;
    // A run that is watched is drawn many times a second.
    if (document.title !== title) document.title = title;
  });
  return (
    <h1 ref={heading} tabIndex={-1} data-page-title {...rest}>
      {children}
    </h1>
  );
}
