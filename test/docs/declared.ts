import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { root } from '../tools/steps.js';

/** Types and interfaces of a source file, as they are written there. */
export class Declared {
  readonly #types = new Map<string, ts.TypeNode>();
  readonly #interfaces = new Map<string, ts.InterfaceDeclaration>();

  constructor(path: string) {
    const file = ts.createSourceFile(path, readFileSync(join(root, path), 'utf8'), ts.ScriptTarget.Latest);
    for (const statement of file.statements) {
      if (ts.isTypeAliasDeclaration(statement)) this.#types.set(statement.name.text, statement.type);
      if (ts.isInterfaceDeclaration(statement)) this.#interfaces.set(statement.name.text, statement);
    }
  }

  /** Texts of a union of text literals; what else stands in it is left out. */
  texts(name: string): string[] {
    return members(this.#type(name)).flatMap(text);
  }

  /** Names of the fields and methods of an interface itself. */
  fields(name: string): string[] {
    const found = this.#interfaces.get(name);
    if (found === undefined) throw new Error(`no interface ${name}`);
    return names(found.members);
  }

  /** For a union of object types told apart by `name`: the fields of each, and the type of one. */
  variants(name: string): Map<string, Map<string, ts.TypeNode | undefined>> {
    return new Map(
      members(this.#type(name))
        .filter(ts.isTypeLiteralNode)
        .map((literal) => {
          const fields = new Map(
            literal.members
              .filter(ts.isPropertySignature)
              .map((member) => [(member.name as ts.Identifier).text, member.type]),
          );
          const [variant] = text(fields.get('name'));
          fields.delete('name');
          return [variant ?? '', fields];
        }),
    );
  }

  #type(name: string): ts.TypeNode {
    const found = this.#types.get(name);
    if (found === undefined) throw new Error(`no type ${name}`);
    return found;
  }
}

export function members(type: ts.TypeNode | undefined): readonly ts.TypeNode[] {
  if (type === undefined) return [];
  return ts.isUnionTypeNode(type) ? type.types : [type];
}

export function text(type: ts.TypeNode | undefined): string[] {
  return type !== undefined && ts.isLiteralTypeNode(type) && ts.isStringLiteral(type.literal)
    ? [type.literal.text]
    : [];
}

function names(elements: readonly ts.TypeElement[]): string[] {
  return elements.flatMap(({ name }) => (name !== undefined && ts.isIdentifier(name) ? [name.text] : []));
}
