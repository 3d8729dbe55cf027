/** What the jobs have found, how far each thing is, and everything about one of them. */
import { route } from '../route.ts';
import './items.css';
import { Item } from './items/item.tsx';
import { List } from './items/list.tsx';

export function ItemsView() {
  const id = Number(route.value.rest) || undefined;
  return id === undefined ? <List /> : <Item key={id} id={id} />;
}
