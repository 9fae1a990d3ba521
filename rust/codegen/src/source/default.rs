//! The defaults of a configuration: derived, or read from a hand-written `Default`.

use std::collections::HashMap;

use syn::spanned::Spanned;
use syn::{
    Expr, ExprCall, ExprLit, ExprMethodCall, ExprUnary, ImplItem, Item, ItemImpl, ItemStruct, Lit,
    Member, Stmt, Type, UnOp,
};

use super::Problem;
use crate::model::{Kind, Value};

pub enum Defaults<'a> {
    Derived,
    Written(HashMap<String, &'a Expr>),
}

impl<'a> Defaults<'a> {
    pub fn of(config: &ItemStruct, items: &'a [Item]) -> Result<Self, Problem> {
        let written = items.iter().find_map(|item| match item {
            Item::Impl(found) if is_default_of(found, config) => Some(found),
            _ => None,
        });
        match written {
            Some(found) => Ok(Self::Written(values(found)?)),
            None if derives_default(config)? => Ok(Self::Derived),
            None => Err(Problem::at(config, "the configuration has no `Default`")),
        }
    }

    pub fn get(
        &self,
        name: &str,
        kind: Kind,
        optional: bool,
        place: &impl Spanned,
    ) -> Result<Value, Problem> {
        let Self::Written(values) = self else {
            return Ok(zero(kind, optional));
        };
        let Some(expression) = values.get(name) else {
            return Err(Problem::at(place, format!("`Default` does not set `{name}`")));
        };
        let value = literal(expression, kind, optional).ok_or_else(|| {
            Problem::at(expression, format!("the default of `{name}` is not a plain value"))
        })?;
        if fits(&value, kind) {
            return Ok(value);
        }
        Err(Problem::at(expression, format!("the default of `{name}` does not fit its type")))
    }
}

fn is_default_of(found: &ItemImpl, config: &ItemStruct) -> bool {
    let is_default = found.trait_.as_ref().is_some_and(|(_, path, _)| {
        path.segments.last().is_some_and(|segment| segment.ident == "Default")
    });
    let is_config = matches!(&*found.self_ty, Type::Path(ty) if ty.path.is_ident(&config.ident));
    is_default && is_config
}

fn derives_default(config: &ItemStruct) -> Result<bool, Problem> {
    let mut derived = false;
    for attribute in config.attrs.iter().filter(|each| each.path().is_ident("derive")) {
        attribute.parse_nested_meta(|meta| {
            derived |= meta.path.is_ident("Default");
            Ok(())
        })?;
    }
    Ok(derived)
}

/// The expression of each field, where `default()` is nothing but `Self { ... }`.
fn values(found: &ItemImpl) -> Result<HashMap<String, &Expr>, Problem> {
    let unreadable = || Problem::at(found, "this `Default` is not a plain `Self { ... }`");
    let [ImplItem::Fn(function)] = &found.items[..] else {
        return Err(unreadable());
    };
    let [Stmt::Expr(Expr::Struct(made), None)] = &function.block.stmts[..] else {
        return Err(unreadable());
    };
    if made.rest.is_some() {
        return Err(Problem::at(made, "this `Default` takes fields from elsewhere (`..`)"));
    }
    let fields = made.fields.iter().filter_map(|field| match &field.member {
        Member::Named(name) => Some((name.to_string(), &field.expr)),
        Member::Unnamed(_) => None,
    });
    Ok(fields.collect())
}

/// What `Default::default()` gives for a type of this kind.
fn zero(kind: Kind, optional: bool) -> Value {
    if optional {
        return Value::None;
    }
    match kind {
        Kind::Bool => Value::Bool(false),
        Kind::Integer | Kind::Seconds | Kind::Duration => Value::Integer(0),
        Kind::Float => Value::Float(0.0),
        Kind::Text | Kind::Path => Value::Text(String::new()),
        Kind::Map | Kind::List => Value::Empty,
    }
}

fn fits(value: &Value, kind: Kind) -> bool {
    match value {
        Value::None => true,
        Value::Bool(_) => kind == Kind::Bool,
        Value::Integer(_) => matches!(kind, Kind::Integer | Kind::Duration),
        Value::Float(_) => kind == Kind::Float,
        Value::Text(_) => kind == Kind::Text,
        Value::Empty => matches!(kind, Kind::Map | Kind::List),
    }
}

fn literal(expression: &Expr, kind: Kind, optional: bool) -> Option<Value> {
    match expression {
        Expr::Lit(ExprLit { lit, .. }) => plain(lit),
        Expr::Path(path) if path.path.is_ident("None") => Some(Value::None),
        Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) => {
            match literal(expr, kind, optional)? {
                Value::Integer(number) => Some(Value::Integer(-number)),
                Value::Float(number) => Some(Value::Float(-number)),
                _ => None,
            }
        }
        Expr::MethodCall(ExprMethodCall { receiver, method, args, .. }) if args.is_empty() => {
            let same = ["to_string", "to_owned", "into"].iter().any(|name| method == name);
            same.then(|| literal(receiver, kind, optional)).flatten()
        }
        Expr::Call(call) => called(call, kind, optional),
        _ => None,
    }
}

fn called(call: &ExprCall, kind: Kind, optional: bool) -> Option<Value> {
    let Expr::Path(function) = &*call.func else {
        return None;
    };
    let names = function.path.segments.iter().map(|segment| segment.ident.to_string());
    let names: Vec<_> = names.collect();
    let arguments: Vec<_> = call.args.iter().collect();
    match (names.last()?.as_str(), &arguments[..]) {
        ("Some", [inner]) => literal(inner, kind, false),
        ("from", [inner]) if names.first()? == "String" => literal(inner, kind, optional),
        ("from_secs", [inner]) if kind == Kind::Duration => literal(inner, kind, optional),
        ("new", []) => Some(zero(kind, false)),
        ("default", []) => Some(zero(kind, optional)),
        _ => None,
    }
}

fn plain(lit: &Lit) -> Option<Value> {
    match lit {
        Lit::Str(text) => Some(Value::Text(text.value())),
        Lit::Bool(value) => Some(Value::Bool(value.value)),
        Lit::Int(number) => number.base10_parse().ok().map(Value::Integer),
        Lit::Float(number) => number.base10_parse().ok().map(Value::Float),
        _ => None,
    }
}
